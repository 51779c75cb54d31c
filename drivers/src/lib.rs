//! Finds, installs, starts, supervises and stops WebDriver servers and browsers.
