"""The words of the trade: topics, types, regions, industries, sizes, qualifications, and the registry of fields."""
