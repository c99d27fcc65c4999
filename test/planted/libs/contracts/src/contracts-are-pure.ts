import mongoose from 'mongoose';
export const planted = mongoose;
