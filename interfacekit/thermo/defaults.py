"""Default numbers of thermodynamic models, which help texts of the command line show: nothing is imported for them."""

#: Standard deviation of the formation energy of a typical compound; see `thermo.uncertainty.error_model`.
SIGMA_eV_per_atom = 0.024
#: Gates of a screening; see `thermo.screening.ranking`. About kT at room temperature:
ABOVE_HULL_eV_per_atom = 0.025
#: Of closed reactions (Xiao, Miara, Wang and Ceder, doi:10.1016/j.joule.2019.02.006), and of decomposition:
REACTION_eV_per_atom = 0.1
