"""The experiments of mmgap: parametrised pytest functions over the grid, each file named after its protocol."""
