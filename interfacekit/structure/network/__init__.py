"""Networks of Li sites: sites, hops, bottlenecks and percolation."""
