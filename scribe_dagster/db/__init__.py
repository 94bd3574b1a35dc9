"""The shared SQL database: tables, migrations, and the stores that write them."""
