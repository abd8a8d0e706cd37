"""Thermodynamic stability and Li transport of interfaces in solid-state batteries."""
