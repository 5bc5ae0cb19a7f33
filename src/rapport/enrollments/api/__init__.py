"""Enrollments over HTTP: enrolling and acting on one lead; and what is asked of a campaign as a whole."""
