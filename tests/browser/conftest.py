"""The whole application on a turned clock, behind a real server, for a real browser.

`site` serves it from a thread; the test turns `site.clock` and calls `site.pass_time(until)`, which fires what is due
instant by instant, as the scheduler would.
"""
