"""How it goes: leads by day, action, offer, country, team and person, how soon they are answered, and what becomes of
them. Days are counted in the background, so that a page adds up some dozens of rows, however many leads there are."""
