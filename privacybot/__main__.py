"""`python -m privacybot` is the `privacybot` command."""

from privacybot.cli import main

if __name__ == "__main__":
    main()
