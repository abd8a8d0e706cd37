"""Electrochemical windows, decompositions, interface reactions and their diagrams over voltage and composition."""
