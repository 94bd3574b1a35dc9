"""What the product talks about: pydantic values and rules, no input or output."""
