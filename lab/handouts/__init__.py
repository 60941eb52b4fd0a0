"""The workshop's handouts: a site, a booklet on paper and slides, from the pages in handouts/."""
