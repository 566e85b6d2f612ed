"""What a run is written as for other programs: tables, MLflow, and OpenTelemetry traces."""
