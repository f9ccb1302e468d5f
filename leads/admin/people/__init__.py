"""Users, teams, invitations, and what each person set for themselves."""
