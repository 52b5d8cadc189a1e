"""Pages of a trip's site: what a template says of them, and the canvas that SharePoint keeps of them. Pure."""
