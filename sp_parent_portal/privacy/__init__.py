"""What this product holds of people: for how long, and of whom. What the tenant holds is the tenant's."""
