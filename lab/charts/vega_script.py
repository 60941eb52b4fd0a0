"""Write Vega, Vega-Lite and Vega-Embed, which vl-convert contains, to stdout as one script.

`browser_files` runs this file in a process of its own, and so does the build of Locust's image.
"""

import sys

import vl_convert

sys.stdout.write(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
