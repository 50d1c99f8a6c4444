"""`jobboard …`. Law: read the arguments, open the database, make one call, print one summary line."""
