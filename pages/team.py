"""Team: what needs a lead first, then each grader's figures with their intervals."""
