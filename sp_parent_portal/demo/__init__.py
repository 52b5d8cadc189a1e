"""The whole story on an emulated tenant: no account, no questions, nothing leaves the machine."""
