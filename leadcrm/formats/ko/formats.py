"""Times as Koreans write them; Django's own have "a.m." behind the hour."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y년 n월 j일 H:i"
