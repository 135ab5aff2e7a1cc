"""What comes in and goes out as files: tables in any usual form, items checked row by row, labels in four formats."""
