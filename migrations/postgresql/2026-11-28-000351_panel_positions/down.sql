DROP TABLE panel_positions;
