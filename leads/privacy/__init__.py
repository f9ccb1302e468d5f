"""What is kept about people: find it, show it, hand it out, erase it, and let nothing stay longer than it must."""
