"""Crawls of republished news with a known truth, how provenance is scored on them, and how simple rules do.

texts -> trees of pages (trees) with what they say of their sources (credits) and times (clocks)
      -> crawl.warc.gz, crawl.jsonl.gz, truth.jsonl (files)
a store or a table of another tool, truth -> figures (score); truth, rows -> edges of simple rules (baselines)
all of that under every named condition (conditions) -> a table (robustness)
"""
