"""The durable record of every attempt of every job: how nothing is sent twice and nothing is lost."""
