p
 ÿ
 kim@example.com 4111111111111111