"""How a run or a comparison is shown: HTML, Markdown, JUnit, plots and tables."""
