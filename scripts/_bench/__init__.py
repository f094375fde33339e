"""What `scripts/bench` is made of: the sides that are compared, the rows, the rounds, and the page.

`rows` says what is compared and what the target is; `rounds` measures it; `page` and `plot` show it. `worker`
and `server` are processes of their own; `sides` are what a worker measures.
"""
