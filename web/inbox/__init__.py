"""« Mes tâches »: what is to be done, late first."""
