"""How well the Scrape stage finds an article, beside others who try."""
