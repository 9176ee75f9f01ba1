"""The vendor's wire: the record's fields, the signature, the client, its pace."""
