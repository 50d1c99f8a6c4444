"""見本: invented municipalities and their postings, replayed through the real domain functions.

Law: what is shown is written in content/ (one file for each municipality); code here only tells it as history.
"""
