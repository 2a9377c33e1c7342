"""What the product knows of English: dates, words and how alike they are, a plain yes and no."""
