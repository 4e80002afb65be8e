//! Nothing here: the tests hold what is recorded and what others wrote against the product.
