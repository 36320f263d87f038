/* The smallest program that the dynamic loader has to start. */
int main(void)
{
    return 0;
}
