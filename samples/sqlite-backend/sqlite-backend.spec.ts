import { backendConformance } from 'cachewright/testing';
import { openDatabase } from './database.js';
import { SqliteBackend } from './sqlite-backend.js';

backendConformance('sqlite', { create: () => new SqliteBackend(openDatabase(':memory:')), exclusive: true });
