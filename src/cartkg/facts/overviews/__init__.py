"""What is known across things: diseases by targets, a disease and a target, things side by side, disagreements.

Imports the other modules of `facts`; none of them imports it.
"""
