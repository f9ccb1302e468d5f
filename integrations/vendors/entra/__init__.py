"""Microsoft Entra ID: what people enter to let an application sign in, and its access tokens."""
