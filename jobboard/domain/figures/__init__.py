"""統計: figures that can be read out in the Diet, of any day, with the same term of the year before beside it.

Law: what is counted is the state as it was then, read from change events, versions and the audit, never the state of today;
each figure has its definition in ``listed``; a count of persons leaves only through ``persons``.
"""
