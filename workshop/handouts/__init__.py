"""The workshop's handouts: a site, a printed booklet and slides, from the pages in handouts/."""
