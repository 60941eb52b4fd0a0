"""One archive for a room without internet: repository, handouts, wheels and images.

The machine that unpacks it needs neither git nor a network. The modules that run there
(`lab.runtime.bundle_contents`, `bundle_fit`, `unpacked`) use the standard library alone.
"""
