"""The remote API: what it wants (wire, signing, country values), what it says (codes), how to reach it."""
