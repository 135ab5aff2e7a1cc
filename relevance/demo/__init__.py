"""The demo project: clips drawn on the spot, keywords, a guideline, people, and graders who behave like people."""
