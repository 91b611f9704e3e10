"""What every resource of a REST API needs: requests, routes, pages, answers."""
