"""The demo's recorded week, as files; only `feedhub demo` reads them."""
