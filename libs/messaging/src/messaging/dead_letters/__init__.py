"""What cannot be handled, published or carried out: kept whole, until an operator acts."""
