"""`evlock auction demo`: a street of households that auction what their meters have measured."""
