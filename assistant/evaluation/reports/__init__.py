"""What a run or a comparison is shown as: HTML, Markdown, JUnit, plots and tables."""
