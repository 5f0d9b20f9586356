"""One user task: its form, what surrounds it, taking it and giving it back."""
