"""A2P 10DLC campaigns: see a reviewer's remarks beforehand, correct the texts, register."""
