"""The common parts of all resources: requests, routes, pages, answers."""
