//! The command line: one file a subcommand, thin. Parses arguments, calls the library,
//! chooses the exit code. No logic that a library user would miss.
